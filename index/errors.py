"""Every error that this project raises on purpose, by what the caller can do about it.

    QAError
    ├── QuestionError            ask differently
    ├── SelectionError           choose the documents to ask differently
    ├── DocumentError            the library is as it was; look at the document
    │   ├── UnreadableDocument       this file cannot be read; others can
    │   └── DocumentNotFound         the library holds no such document
    ├── LibraryError             nothing stored was touched; look at where the library is kept
    │   ├── LibraryUnreadable        damaged, or written by another version of Chroma
    │   ├── LibraryReadOnly          no permission to write there
    │   ├── LibraryBusy              another process is adding or removing; try again
    │   ├── LibraryUnavailable       its server does not answer or does not let you in
    │   ├── WrongEmbedding           built with another embedding model
    │   └── TransferError            the file to export to or import from is the trouble
    ├── ModelError               look at the installation
    │   ├── ModelMissing
    │   ├── ModelDamaged
    │   └── ModelUnavailable         its server does not answer; the same call may work later
    └── ServerError              the page could not be served, e.g. the port is taken

Each message is a sentence that a user can act on; the command line prints it as it is.
"""


class QAError(Exception):
    """The root: what the command line turns into one line and exit status 1."""


class QuestionError(QAError):
    """The question cannot be asked as it stands (empty, too long)."""


class SelectionError(QAError):
    """The documents to ask cannot be chosen in this way."""


class DocumentError(QAError):
    """One document is the trouble; the library is as it was."""


class UnreadableDocument(DocumentError):
    """The file cannot be read as text."""


class DocumentNotFound(DocumentError):
    """The library holds no document with this id."""


class LibraryError(QAError):
    """The library cannot be used as asked; nothing stored was touched."""


class LibraryUnreadable(LibraryError):
    """The stored files are damaged or belong to another version of Chroma."""


class LibraryReadOnly(LibraryError):
    """The home folder cannot be created or written."""


class LibraryBusy(LibraryError):
    """Another process is writing; the same call may work later."""


class LibraryUnavailable(LibraryError):
    """The server that keeps the library does not answer, or does not let this user in."""


class WrongEmbedding(LibraryError):
    """The library was built with another embedding model; vectors would not compare."""


class TransferError(LibraryError):
    """The file that a library is exported to or imported from cannot be used."""


class ModelError(QAError):
    """A model cannot be loaded."""


class ModelMissing(ModelError):
    """A model file is not where it should be."""


class ModelDamaged(ModelError):
    """A model file is not the one this project was built with, or cannot be run."""


class ModelUnavailable(ModelError):
    """The server that runs a model does not answer as it should."""


class ServerError(QAError):
    """The page cannot be served."""
