/** `descent deploy`: a saved model answers requests until it is told to stop. */
import { newSecret } from '../server/auth.ts'
import { endRequested } from '../end-requested.ts'
import { readModelFolder } from '../deploy/folder.ts'
import { isLoopback, serveModel } from '../rest/server.ts'
import type { DeployCommand } from './deploy-args.ts'
import { tell } from './for-terminal.ts'

const log = (message: string): void => tell(`${new Date().toISOString()} ${message}\n`)

export async function deploy({ model: folder, host, port, token, coverage }: DeployCommand): Promise<void> {
  const model = await readModelFolder(folder)
  const isOpen = !isLoopback(host)
  const key = token ?? (isOpen ? newSecret() : null)
  const ending = endRequested({ stdin: false })
  const server = await serveModel({ model, host, port, token: key, coverage, log })
  const { document } = model
  tell(
    [
      `${document.name} predicts ${document.target} at ${server.address}`,
      `  A page with an example: ${server.address}/`,
      `  Rows:                   POST ${server.address}/predict`,
      `  Open Inference v2:      POST ${server.address}/v2/models/${server.name}/infer`,
      ...(isOpen
        ? [
            'Others can reach it, and what they send and get is not encrypted: put a proxy with TLS before it.',
            token === null
              ? `Requests need this token, which is for this start alone (set DESCENT_TOKEN to keep one): ${key}`
              : 'Requests need the token that was given.',
            '  Authorization: Bearer TOKEN',
          ]
        : key === null
          ? []
          : ['Requests need the token that was given: Authorization: Bearer TOKEN.']),
      'Ctrl-C stops it.',
      '',
    ].join('\n'),
  )
  // For programs that start it, which wait for this line.
  process.stdout.write(JSON.stringify({ ready: true, address: server.address, model: server.name }) + '\n')
  await ending
  tell('Stopping: what was asked is answered.\n')
  await server.close()
}
