import CLibpq
import GRDB
import Hummingbird
