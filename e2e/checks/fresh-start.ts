/** Before each of the test files that share a process: what the engine keeps for all of a process is as at its start. */
import { beginAnew } from './engine-state.ts'

beginAnew()
