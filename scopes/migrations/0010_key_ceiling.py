import coderauth.constraints
import django.db.models.deletion
import django.db.models.lookups
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scopes', '0009_key_old_last_used'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeyCeiling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(blank=True, max_length=32)),
                ('max_lifetime_seconds', models.BigIntegerField(blank=True, null=True)),
                ('forbids_full_access', models.BooleanField(default=False)),
                ('scopes', models.JSONField(blank=True, null=True)),
                ('fixed_ends', models.BooleanField(default=False)),
                ('max_keys', models.PositiveIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('organization', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='key_ceiling', to='scopes.organization')),
            ],
            options={
                'ordering': ['role', 'organization_id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('role', ''), _negated=True), fields=('role',), name='key_ceiling_role_unique'), models.CheckConstraint(condition=models.Q(models.Q(('role', ''), ('organization__isnull', False)), models.Q(models.Q(('role', ''), _negated=True), ('organization__isnull', True)), _connector='OR'), name='key_ceiling_for_one', violation_error_message='A ceiling is for a role or for an organization.'), models.CheckConstraint(condition=models.Q(('max_lifetime_seconds', None), ('max_lifetime_seconds__gte', 1), _connector='OR'), name='key_ceiling_lifetime_positive', violation_error_message='A ceiling leaves keys a life.'), models.CheckConstraint(condition=models.Q(('scopes__isnull', True), django.db.models.lookups.Exact(coderauth.constraints.JsonKind('scopes'), 'array'), _connector='OR'), name='key_ceiling_scopes_list', violation_error_message='The scopes that may be granted are a list.')],
            },
        ),
    ]
