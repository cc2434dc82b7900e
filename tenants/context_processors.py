"""What every page may say of its reader's workplace."""


def workplace(request):
    return {}
