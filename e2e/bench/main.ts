/**
 * `npm run bench -- data [--large] [--rounds N]`: reading and describing tables, see data.ts;
 * `npm run bench -- start [--rounds N] [--runs N]`: from the start of the desktop app to a window that can be used, see start.ts;
 * `npm run bench -- lighthouse [--only Explore]`: what Lighthouse says of each page, see lighthouse.ts;
 * `npm run bench -- window [--only Explore]`: what each page costs whoever opens it, see window.ts; everything else is the engine's
 * (`engine/bench/main.ts`), which knows of neither.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../checks/process.ts'
import { benchData } from './data.ts'
import { benchLighthouse } from './lighthouse.ts'
import { benchStart } from './start.ts'
import { benchWindow } from './window.ts'

const args = process.argv.slice(2)
if (args[0] === 'data') {
  const { values } = parseArgs({
    args: args.slice(1),
    options: {
      large: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
    },
  })
  await benchData({ ...values, rounds: Number(values.rounds) })
} else if (args[0] === 'start') {
  const { values } = parseArgs({
    args: args.slice(1),
    options: { rounds: { type: 'string', default: '5' }, runs: { type: 'string', default: '0' } },
  })
  process.exitCode = (await benchStart(Number(values.rounds), Number(values.runs))) ? 0 : 1
} else if (args[0] === 'lighthouse') {
  const { values } = parseArgs({
    args: args.slice(1),
    options: { only: { type: 'string', default: '' }, reports: { type: 'string' } },
  })
  process.exitCode = (await benchLighthouse(values.only, values.reports ?? null)) ? 0 : 1
} else if (args[0] === 'window') {
  const { values } = parseArgs({
    args: args.slice(1),
    options: { only: { type: 'string', default: '' }, traces: { type: 'string' } },
  })
  process.exitCode = (await benchWindow(values.only, values.traces ?? null)) ? 0 : 1
} else {
  if (args.includes('--help'))
    console.log(
      'npm run bench -- data [--large] [--quick] [--rounds N]   reading and describing tables\nnpm run bench -- window [--only PAGE]   what each page costs whoever opens it\nnpm run bench -- start [--rounds N]   from the start to a window that can be used\nnpm run bench -- lighthouse [--only PAGE]   what Lighthouse says of each page\n',
    )
  const engine = join(root, 'engine/bench/main.ts')
  process.exitCode = spawnSync(process.execPath, [engine, ...args], { stdio: 'inherit' }).status ?? 1
}
