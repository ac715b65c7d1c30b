/** The window straight from its sources, reloading as they change; calls go on to the host. */
import { join } from 'node:path'

export interface DevServer {
  readonly url: string
  close(): Promise<void>
}

/** `hostUrl` carries the token; its cookie holds for every port of 127.0.0.1, so it works through this server too. */
export async function startDevServer(root: string, hostUrl: string): Promise<DevServer> {
  const { createServer } = await import('vite')
  const { origin: target, search } = new URL(hostUrl)
  // The host knows only its own address; towards it, this server is that address.
  const toHost = { target, changeOrigin: true, headers: { origin: target } }
  const server = await createServer({
    configFile: join(root, 'renderer/vite.config.ts'),
    server: {
      host: '127.0.0.1',
      proxy: Object.fromEntries(
        ['/rpc/', '/events', '/upload/', '/download', '^/\\?token='].map((path) => [path, toHost]),
      ),
    },
  })
  await server.listen()
  const address = server.httpServer?.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `http://127.0.0.1:${port}/${search}`, close: () => server.close() }
}
