"""Editing `kampkin.yaml` by command: text goes in or out at the places of values, and everything else stays to the byte.

`tree` sees a file as it is written, `flow` writes new values, `stretches` knows where they go, `changes` puts both
together and proves what came of it, `draft` holds files until they are checked and written, `command` is what a person
types.
"""
