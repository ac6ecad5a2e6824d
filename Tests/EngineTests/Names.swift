// Names that Swift Testing has as well: inside its macros ours need one of their own.

import Engine
import Scenarios

typealias LoadShape = Load.Shape
typealias ScenarioExpectation = Expectation
typealias Status = Engine.ExitStatus
