import cluster from 'node:cluster'
import { Socket } from 'node:net'
import { type App, createApp } from '../../src/app.ts'
import type { Config } from '../../src/base/config.ts'
import { createLog, type Logger } from '../../src/base/log.ts'
import { Conflict } from '../../src/base/refusals.ts'
import { Pages } from '../../src/http/kit/pages/pages.ts'
import { startServer } from '../../src/server.ts'
import { DataFolder } from '../../src/storage/database/data-folder.ts'
import { loadHere } from '../hosts/local.ts'
import { EXIT } from '../kit/exit-codes.ts'
import { failureOf } from '../kit/failures.ts'
import type { Session } from '../kit/session.ts'
import { defined } from '../kit/values.ts'
import { openDemo } from './demo.ts'
import { type Greeting, greet, greetingOf } from './greeting.ts'
import { runForOperators } from './operators.ts'
import { tryToListen, withFreePorts } from './ports.ts'
import type { Serving } from './serving.ts'
import { startWithStores } from './startup.ts'
import { askedToStop } from './stopping.ts'
import { openUpstream, usualUpstreamPort } from './upstream.ts'
import { reportFailure, Workers } from './workers.ts'

export interface ServeOptions {
  workers?: number
  port?: number
  demo: boolean
  withUpstream?: boolean
}

/** Serves until the process is asked to stop. @returns the exit code */
export async function serveHere({ io, run }: Session, options: ServeOptions, json: boolean): Promise<number> {
  const { workers, port, demo, withUpstream } = options
  const given = { WORKERS: workers?.toString(), PORT: port?.toString(), DEMO_PORT: demo ? undefined : 'off' }
  const overrides: NodeJS.ProcessEnv = cluster.isWorker ? {} : defined(given)
  const load = (more: NodeJS.ProcessEnv) => loadHere({ ...overrides, ...more })
  let config = load({})
  if (withUpstream && !cluster.isWorker && config.demoUpstreamPort === null) {
    overrides.DEMO_UPSTREAM_PORT = String(usualUpstreamPort(config))
    config = load({})
  }
  const serving = {
    config,
    io,
    json,
    // With --json, standard output holds only the greeting.
    log: createLog(config.logLevel, json ? 2 : 1),
    tell: (text: string) => io.err(`gatehouse: ${text}\n`),
    stop: askedToStop({ worker: cluster.isWorker }),
  }
  return cluster.isWorker ? work(serving) : serve(serving, load, run)
}

async function serve(
  serving: Serving,
  load: (more: NodeJS.ProcessEnv) => Config,
  run: Session['run'],
): Promise<number> {
  const { config, tell } = serving
  for (const warning of config.warnings) tell(`warning: ${warning}`)
  const withPorts = async () => ({ ...serving, config: await withFreePorts({ config, load, tell }) })
  if (config.databaseUrl) return config.workers > 1 ? supervise(await withPorts()) : alone(await withPorts(), () => {})

  await using open = new AsyncDisposableStack()
  const app = Promise.withResolvers<App>()
  const folder = await DataFolder.take(config.dataDir, runForOperators(run, app.promise))
  if (folder instanceof Socket) {
    folder.destroy()
    throw new Conflict(`another server is running on ${config.dataDir}: stop it, or set another DATA_DIR`)
  }
  open.defer(() => folder.release())
  return await alone(await withPorts(), app.resolve)
}

/** Everything in this process. Whatever was opened is closed again, in reverse order. */
async function alone(serving: Serving, opened: (app: App) => void): Promise<number> {
  const { config, log, stop } = serving
  await using open = new AsyncDisposableStack()
  const server = await startWithStores(() => startServer(config, { log }), serving)
  if (!server) return EXIT.ok
  const { app } = open.adopt(server, server => server.close())
  opened(app)
  greet(await openBundled(app, open, log), serving)
  await stop
  return EXIT.ok
}

/** One of several processes. The first process has done everything that is done once, and prints why this one fails. */
async function work(serving: Serving): Promise<number> {
  const { config, log, stop } = serving
  try {
    const server = await startWithStores(() => startServer(config, { log }), serving)
    await stop
    await server?.close()
    return EXIT.ok
  } catch (error) {
    const failure = failureOf(error)
    if (failure.exit === EXIT.unexpected) log.error({ err: error }, 'worker failed')
    reportFailure(failure)
    return failure.exit
  }
}

/** The first of several processes: prepares and tests what all need, then supervises the others. */
async function supervise(serving: Serving): Promise<number> {
  const { config, log, stop, tell } = serving
  await using open = new AsyncDisposableStack()
  const app = await startWithStores(() => testedApp(config, log), serving)
  if (!app) return EXIT.ok
  const greeting = await openBundled(app, open, log).finally(() => app.close())
  // The demo runs in this process; the workers must be able to reach it.
  const env = {
    PORT: String(config.port),
    WORKERS: String(config.workers),
    DEMO_PORT: 'off',
    DEMO_UPSTREAM_PORT: 'off',
    OUTBOUND_ALLOW: config.outboundAllow.join(','),
  }
  const workers = new Workers({ count: config.workers, env, ready: () => greet(greeting, serving), tell })
  // The demo first: it would report that Gatehouse is away.
  void stop.then(() => Promise.all([open.disposeAsync(), workers.stop()]))
  return await workers.ended
}

/** Tests the pages, schema, keys, stores and port. @throws the error that would make every worker fail */
async function testedApp(config: Config, log: Logger): Promise<App> {
  new Pages(config)
  const app = await createApp(config, { log })
  try {
    await app.scope(() => app.keys.ensure())
    await app.replayMarks.begin()
    await tryToListen(config)
    return app
  } catch (error) {
    await app.close()
    throw error
  }
}

/** The demo application and Example Upstream, where they are turned on. */
async function openBundled(app: App, open: AsyncDisposableStack, log: Logger): Promise<Greeting> {
  const demo = open.adopt(await openDemo(app, log), demo => demo?.close())
  const upstream = open.adopt(await openUpstream(app, log), upstream => upstream?.close())
  return greetingOf(app, { demoUrl: demo?.url ?? null, upstreamUrl: upstream?.url ?? null })
}
