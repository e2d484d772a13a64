import coderauth.constraints
import django.db.models.deletion
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_service_accounts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=32)),
                ('facts', models.JSONField(default=dict)),
                ('mark', models.CharField(max_length=100, null=True, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('queued_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['created_at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('sent_at', None)), fields=['created_at'], name='notice_waiting'), models.Index(fields=['user', 'queued_at'], name='notice_recent'), models.Index(fields=['sent_at'], name='notice_sent')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind', ''), _negated=True), name='notice_kind_given', violation_error_message='A notice is of some kind.'), models.CheckConstraint(condition=django.db.models.lookups.Exact(coderauth.constraints.JsonKind('facts'), 'object'), name='notice_facts_map', violation_error_message='What a notice tells is a JSON object.')],
            },
        ),
    ]
