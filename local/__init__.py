"""The product on one machine: AWS by MiniStack, WeChat by the simulator, and the template deployed between them.

`with LocalStack() as stack:` brings everything up and takes it down again; `python -m local` keeps it up, or runs a
command with it.
"""
