/** The child program behind `probeDevices`: prints the devices of this machine as JSON and ends. */
import { listDevices } from '../../../engine/index.ts'
import { vulkanEnvironment } from '../../../engine/node.ts'

Object.assign(process.env, vulkanEnvironment())
const devices = JSON.stringify(await listDevices())
// Dawn keeps Node alive. What was not written by then would be lost.
process.stdout.write(`${devices}\n`, () => process.exit(0))
