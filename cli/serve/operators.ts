import type { App } from '../../src/app.ts'
import type { ConnectionHandler } from '../../src/storage/database/data-folder.ts'
import { remoteIo } from '../hosts/remote.ts'
import { type FromTerminal, type ToTerminal, Wire } from '../hosts/wire.ts'
import type { Host, Session } from '../kit/session.ts'

/**
 * Runs operators' commands while this server uses the embedded database: each in a unit of work of its own, with the
 * terminal of the operator who typed it. The socket is in a folder that only the server's user can access.
 */
export function runForOperators(run: Session['run'], app: Promise<App>): ConnectionHandler {
  return caller => {
    const wire = new Wire<ToTerminal, FromTerminal>(caller)
    answer(wire)
      .catch(error => wire.send({ err: `gatehouse: ${error instanceof Error ? error.message : error}\n` }))
      .finally(() => wire.end())
  }

  async function answer(wire: Wire<ToTerminal, FromTerminal>): Promise<void> {
    const first = await wire.receive()
    if (!first || !('run' in first)) return
    const { argv, interactive, columns } = first.run
    const io = remoteIo(wire, { interactive, columns })
    wire.send({ exit: await run(argv, { io, host: servingHost(app) }) })
  }
}

function servingHost(running: Promise<App>): Host {
  return {
    serving: true,
    async use(_session, _options, work) {
      const app = await running
      await app.scope(() => work(app))
      return 0
    },
  }
}
