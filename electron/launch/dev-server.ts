/** The window straight from its sources, reloading as they change; calls go on to the host. */
import { join } from 'node:path'
import type { ProxyOptions } from 'vite'

export interface DevServer {
  /** Where this server shows what the host shows at its own address. */
  addressOf(hostAddress: string): string
  close(): Promise<void>
}

/** The host's cookie holds for every port of 127.0.0.1, so a sign-in works through this server too. */
export async function startDevServer(root: string, hostAddress: string): Promise<DevServer> {
  const { createServer } = await import('vite')
  const { origin: target } = new URL(hostAddress)
  let own = ''
  const listeners = process.listeners('SIGTERM')
  const toHost: ProxyOptions = {
    target,
    // The host knows only its own address; towards it, this server is that address. Other sites stay what they are.
    changeOrigin: true,
    configure: (proxy) =>
      proxy.on('proxyReq', (request, { headers }) => {
        if (headers.origin === own) request.setHeader('origin', target)
      }),
  }
  const server = await createServer({
    configFile: join(root, 'renderer/vite.config.ts'),
    server: {
      host: '127.0.0.1',
      proxy: Object.fromEntries(
        ['/rpc/', '/events', '/upload/', '/download', '^/\\?token='].map((path) => [path, toHost]),
      ),
    },
  })
  // Vite would end the process with a signal before the host has closed its database; whoever started us closes both.
  for (const listener of process.listeners('SIGTERM'))
    if (!listeners.includes(listener)) process.removeListener('SIGTERM', listener)
  await server.listen()
  const address = server.httpServer?.address()
  own = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  return {
    addressOf: (hostAddress) => own + hostAddress.slice(new URL(hostAddress).origin.length),
    close: () => server.close(),
  }
}
