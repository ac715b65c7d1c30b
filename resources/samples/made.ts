/** All files of the samples, by their path beside this one. */
import { shapesArchive } from './shapes.ts'
import { sampleTables } from './tables.ts'
import { ticketFiles } from './tickets.ts'

export const madeFiles = (): Record<string, string | Buffer> => ({
  ...Object.fromEntries(Object.entries(sampleTables).map(([id, table]) => [`${id}.csv`, table()])),
  'shapes.zip': shapesArchive(),
  ...Object.fromEntries(Object.entries(ticketFiles()).map(([name, text]) => [`tickets/${name}`, text])),
})
