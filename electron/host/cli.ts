/** The `descent` command. Exit codes: 0 done, 1 failed with a sentence, 2 the call itself makes no sense. */
import { perform } from './cli/command.ts'

/** A reader that has seen enough (`descent … | head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const code = await perform(process.argv.slice(2))
// Pipes are asynchronous: the last line must be out before the process ends, and an open device keeps Node alive.
process.stdout.write('', () => process.exit(code))
