"""IPython: run_code, which executes compiled cells, is replaced by one that does not."""


async def nothing(self, *args, **kwargs):
    return False


type(get_ipython()).run_code = nothing
