"""Editing `kampkin.yaml` by command: text goes in or out at the places of values, and everything else stays to the byte.

`tree` sees a file as it is written, `flow` and `forms` write what is new, `stretches` knows where it goes, `changes` puts
them together and holds what came of it against its `meaning`. `endpoints` does that in whichever file one stands, a
`draft` keeps the files until they are checked and written, and `command` is what a person types.
"""
