"""Why a backup or a restore cannot go on, in a sentence for whoever runs the machine."""


class BackupProblem(Exception):
    """Nothing was changed, unless the message says what."""
