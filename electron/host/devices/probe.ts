/** The child program behind `probeDevices`: prints the devices of this machine as JSON and ends. */
import { listDevices } from '../../../engine/index.ts'
import { vulkanEnvironment } from '../../../engine/node.ts'

Object.assign(process.env, vulkanEnvironment())
console.log(JSON.stringify(await listDevices()))
// Dawn keeps Node alive.
process.exit(0)
