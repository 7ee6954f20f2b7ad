"""The name of a command, where Django looks for it: below the app's path (see ``apps.py``). Django imports the command
itself from ``migrempower_xblock.management``.
"""
