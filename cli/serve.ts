import cluster from 'node:cluster'
import { Socket } from 'node:net'
import { type App, createApp } from '../src/app.ts'
import type { Config } from '../src/base/config.ts'
import { createLog, type Logger } from '../src/base/log.ts'
import { Conflict } from '../src/base/refusals.ts'
import { Pages } from '../src/http/pages.ts'
import { startServer } from '../src/server.ts'
import { DataFolder } from '../src/storage/data-folder.ts'
import { EXIT } from './exit-codes.ts'
import { failureOf } from './failures.ts'
import type { Io } from './io.ts'
import { loadHere } from './local.ts'
import { openDemo, registerDemo } from './serve/demo.ts'
import { type Greeting, greet, greetingOf } from './serve/greeting.ts'
import { openToOperators } from './serve/operators.ts'
import { tryToListen, withFreePorts } from './serve/ports.ts'
import { startWithStores } from './serve/startup.ts'
import { askedToStop } from './serve/stopping.ts'
import { openUpstream, registerUpstream, usualUpstreamPort } from './serve/upstream.ts'
import { reportFailure, Workers } from './serve/workers.ts'
import { count, portNumber } from './values.ts'
import type { Verb } from './verb.ts'
import { globalOptions, type Session } from './with-app.ts'

interface ServeOptions {
  workers?: number
  port?: number
  demo: boolean
  withUpstream?: boolean
}

/** What the ways of serving share. */
interface Serving {
  config: Config
  io: Io
  json: boolean
  log: Logger
  tell: (text: string) => void
  stop: Promise<void>
}

export function serveCommand(program: Verb, session: Session): void {
  program
    .command('serve')
    .description('start everything; what there is to configure is told by gatehouse config explain')
    .option('--workers <number>', 'processes that answer requests (WORKERS); needs PostgreSQL and Redis', count)
    .option('--port <number>', 'port to listen on (PORT)', portNumber)
    .option('--no-demo', 'without the demo application')
    .option('--with-upstream', 'with a second provider that people can sign in through, to try that out')
    .example('serve', 'serve --port 8080 --no-demo', 'serve --workers 4')
    .action(async (...args: unknown[]) => {
      if (session.host.serving) throw new Conflict('a server is running here already')
      const json = globalOptions(args).json === true
      // While the channel to the first process is open, a worker does not end.
      const begun = begin(session, args[0] as ServeOptions, json).finally(() => cluster.worker?.disconnect())
      session.exitCode = await begun
    })
}

async function begin({ io, run }: Session, options: ServeOptions, json: boolean): Promise<number> {
  const instead = cluster.isWorker ? {} : variables(options)
  const load = (more: NodeJS.ProcessEnv) => loadHere({ ...instead, ...more })
  let config = load({})
  if (options.withUpstream && !cluster.isWorker && config.upstreamPort === null) {
    instead.DEMO_UPSTREAM_PORT = String(usualUpstreamPort(config))
    config = load({})
  }
  const serving = {
    config,
    io,
    json,
    // Two JSON documents on one stream would be none.
    log: createLog(config.logLevel, json ? 2 : 1),
    tell: (text: string) => io.err(`gatehouse: ${text}\n`),
    stop: askedToStop({ worker: cluster.isWorker }),
  }
  return cluster.isWorker ? work(serving) : serve(serving, load, run)
}

function variables({ workers, port, demo }: ServeOptions): NodeJS.ProcessEnv {
  return {
    ...(workers === undefined ? {} : { WORKERS: String(workers) }),
    ...(port === undefined ? {} : { PORT: String(port) }),
    ...(demo ? {} : { DEMO_PORT: 'off' }),
  }
}

async function serve(
  serving: Serving,
  load: (more: NodeJS.ProcessEnv) => Config,
  run: Session['run'],
): Promise<number> {
  const { config, tell } = serving
  for (const warning of config.warnings) tell(`warning: ${warning}`)
  const here = async () => ({ ...serving, config: await withFreePorts({ config, load, tell }) })
  if (config.databaseUrl) return config.workers > 1 ? supervise(await here()) : alone(await here(), () => {})

  await using open = new AsyncDisposableStack()
  const app = Promise.withResolvers<App>()
  const folder = await DataFolder.take(config.dataDir, openToOperators(run, app.promise))
  if (folder instanceof Socket) {
    folder.destroy()
    throw new Conflict(`another gatehouse is running on ${config.dataDir}: stop it, or give this one its own DATA_DIR`)
  }
  open.defer(() => folder.release())
  return await alone(await here(), app.resolve)
}

/** All in this process. What was opened is closed again, last first, however it ends. */
async function alone(serving: Serving, opened: (app: App) => void): Promise<number> {
  const { config, log, stop } = serving
  await using open = new AsyncDisposableStack()
  const server = await startWithStores(() => startServer(config, { log }), serving)
  if (!server) return EXIT.ok
  const { app } = open.adopt(server, server => server.close())
  opened(app)
  greet(await openBundled(app, open, log), { ...serving, production: config.production })
  await stop
  return EXIT.ok
}

/** One of several processes: the first one has seen to everything that is done once, and hears why it fails. */
async function work(serving: Serving): Promise<number> {
  const { config, log, stop } = serving
  try {
    const server = await startWithStores(() => startServer(config, { log }), serving)
    await stop
    await server?.close()
    return EXIT.ok
  } catch (error) {
    const failure = failureOf(error)
    if (failure.exit === EXIT.unexpected) log.error({ err: error }, 'a worker fails')
    reportFailure(failure)
    return failure.exit
  }
}

/** The first of several processes: does and tries once what all need, then watches over the others. */
async function supervise(serving: Serving): Promise<number> {
  const { config, log, stop, tell } = serving
  await using open = new AsyncDisposableStack()
  const app = await startWithStores(() => tried(config, log), serving)
  if (!app) return EXIT.ok
  const greeting = await openBundled(app, open, log).finally(() => app.close())
  // The demo runs here, and the workers are to reach it.
  const env = {
    PORT: String(config.port),
    WORKERS: String(config.workers),
    DEMO_PORT: 'off',
    DEMO_UPSTREAM_PORT: 'off',
    OUTBOUND_ALLOW: config.outboundAllow.join(','),
  }
  const ready = () => greet(greeting, { ...serving, production: config.production })
  const workers = new Workers({ count: config.workers, env, ready, tell })
  void stop.then(() => workers.stop())
  return await workers.ended
}

/** The pages, the schema, the keys, the stores, and the port. @throws what would let every worker fail */
async function tried(config: Config, log: Logger): Promise<App> {
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

/** What comes along for trying out, each where it is wanted. */
async function openBundled(app: App, open: AsyncDisposableStack, log: Logger): Promise<Greeting> {
  const demo = open.adopt(await openDemo(app.config, await registerDemo(app), log), demo => demo?.close())
  const upstream = open.adopt(await openUpstream(app, await registerUpstream(app), log), upstream => upstream?.close())
  return greetingOf(app, { demoUrl: demo?.url ?? null, upstreamUrl: upstream?.url ?? null })
}
