import cluster from 'node:cluster'
import { Conflict } from '../src/base/refusals.ts'
import { count, portNumber } from './kit/values.ts'
import type { Verb } from './kit/verb.ts'
import type { ServeOptions } from './serve/process.ts'

export function serveCommand(program: Verb): void {
  program
    .verb(
      'serve',
      'Start the server; for its settings, see gatehouse config explain',
      '--port 8080 --no-demo',
      '--workers 4',
    )
    .option(
      '--workers <number>',
      'Number of processes that answer requests (WORKERS); needs PostgreSQL and Redis',
      count,
    )
    .option('--port <number>', 'Port to listen on (PORT)', portNumber)
    .option('--no-demo', 'Do not start the demo application')
    .option('--with-upstream', 'Also start Example Upstream, a second provider for trying out upstream sign-in')
    .runPlain(async ({ out, session }, options: ServeOptions) => {
      if (session.host.serving) throw new Conflict('a server is already running here')
      // A worker does not end while the channel to the first process is open.
      const { serveHere } = await import('./serve/process.ts')
      session.exitCode = await serveHere(session, options, out.json).finally(() => cluster.worker?.disconnect())
    })
}
