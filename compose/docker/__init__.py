"""The lab in containers: one image, a container for each role, a Redis for each arm.

`compose.yaml` and what lies beside it are printed from the table of arms (`python -m compose.docker write`), and
passwords are made on the host (`python -m compose.docker secrets`). In the containers run `process`, `server`, `probe`.
"""
