/** What is done in the window, as a command of the terminal. */
import { memberOf, exportFormats, shellWord, startsOf } from '../../electron/contract/index.ts'
import type { ExportFormat } from '../../electron/contract/index.ts'

const descent = (...parts: readonly string[]): string => ['npx', 'descent', ...parts].join(' ')

export const predictCommand = (modelPath: string, file: string, platform: string): string =>
  descent('predict', shellWord(modelPath, platform), file)

export const deployCommand = (modelPath: string, platform: string): string =>
  descent('deploy', shellWord(modelPath, platform))

export const latencyCommand = (modelPath: string, platform: string): string =>
  descent('latency', shellWord(modelPath, platform))

/** Settings that are as they start are left out. */
export function exportCommand(modelPath: string, chosen: ExportFormat, platform: string): string {
  const { format, ...settings } = chosen
  const starts: Readonly<Record<string, unknown>> = startsOf(memberOf(exportFormats, format).options)
  const set = Object.entries(settings).flatMap(([key, value]) =>
    value === starts[key] ? [] : ['--set', `${key}=${JSON.stringify(value)}`],
  )
  return descent('export', shellWord(modelPath, platform), '--format', format, ...set)
}
