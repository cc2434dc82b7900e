"""Files that are sent to us: small ones in memory, the rest thrown away as it comes."""

from django.core.files.uploadhandler import MemoryFileUploadHandler, SkipFile

from tenants.branding import LONGEST_FILE


class SmallFilesOnly(MemoryFileUploadHandler):
    """Nothing is written to a disk, and no more is held, of all files of a request together, than
    what a logo may weigh; of a larger file the request remembers only its field, in `too_large`."""

    def handle_raw_input(self, *args, **kwargs):
        self.activated = True
        self.held = 0
        self.request.too_large = set()

    def receive_data_chunk(self, raw_data, start):
        self.held += len(raw_data)
        if self.held > LONGEST_FILE:
            self.file.close()
            self.request.too_large.add(self.field_name)
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)
