"""What do others hear of the journal?"""

from django.dispatch import Signal

# Something is stored that people are told, in the sender's transaction.
told = Signal()
