"""The faces of the assistant: chat, REST, identity."""
