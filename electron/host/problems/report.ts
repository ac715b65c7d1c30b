/**
 * What helps whoever looks into a problem, as a text that a person reads before giving it away: versions, the machine, what was
 * said last. What was said of a run may hold values of data, and is left out; names in quotation marks are blanked; the home
 * folder is `~`.
 */
import { availableParallelism, cpus, freemem, homedir, release, totalmem } from 'node:os'
import { engineVersion } from '../../../engine/index.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { formatBytes, plural, protocolVersion } from '../../contract/index.ts'
import { lastLines } from './log-file.ts'
import { sandboxFacts, whyNoSandbox } from './sandbox.ts'

const lines = 200

/** Facts that only somebody who has opened the workspace knows. */
export type Facts = readonly (readonly [name: string, value: string])[]

const withoutNames = (line: string): string =>
  line.replace(/(Run \S+ (?:failed|interrupted): ).*/, '$1(left out)').replace(/“[^”]*”|"[^"]*"/g, '“…”')

const withoutHome = (text: string): string => {
  const home = homedir()
  return home.length > 1 ? text.replaceAll(home, '~') : text
}

export function problemReport(workspace: string, more: Facts = []): string {
  const facts: Facts = [
    ['Descent', `${packageJson.version}, engine ${engineVersion}, protocol ${protocolVersion}`],
    ['System', `${process.platform} ${release()}, ${process.arch}`],
    ['Node', process.versions.node],
    ['Processor', `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} threads`],
    ['Memory', `${formatBytes(totalmem())}, ${formatBytes(freemem())} of it free`],
    ['Sandbox', whyNoSandbox(sandboxFacts(null))?.why ?? 'nothing keeps the window’s from working'],
    ['Workspace', workspace],
    ...more,
  ]
  const log = lastLines(workspace, lines)
  const width = Math.max(...facts.map(([name]) => name.length))
  const text = [
    '# What happened, and what was expected',
    '',
    '(Write it here.)',
    '',
    '# Versions and machine',
    '',
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${withoutNames(value)}`),
    '',
    `# The end of the log, ${plural(log.length, 'line')}`,
    '',
    ...(log.length === 0 ? ['(There is none.)'] : log.map(withoutNames)),
    '',
  ].join('\n')
  return withoutHome(text)
}
