import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scopes', '0006_row_rules'),
    ]

    operations = [
        migrations.AddField(
            model_name='key',
            name='parent',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='made', to='scopes.key'),
        ),
    ]
