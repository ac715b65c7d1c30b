/** `npm run pack:engine`: the engine as `dist/descent-engine-….tgz`, to install with `npm install path/to/it`. */
import { statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { packEngine } from './build.ts'

const root = resolve(import.meta.dirname, '../..')
const file = packEngine(root, join(root, 'dist/engine'))
console.log(`${relative(process.cwd(), file)}: ${Math.round(statSync(file).size / 1024)} KiB`)
