"""One order's traces: read from what the processes wrote, joined into one story, and told as words and pictures.

Spans come in (`spans`, `reading`, `listing`). What they mean is in `journey`, `graph`, `messages`, `remarks` and
`waiting`, what a picture shows of it in `steps`, `happenings` and `timeline`. Pictures are drawn in `charts`.
"""
