import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, mkdtemp, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A Unix socket's address holds 108 bytes on Linux and 104 on macOS, including the terminating zero byte. */
const LONGEST_ADDRESS = 100
const ATTEMPTS = 20

interface Owner {
  pid: number
  socket: string
}

/** Handles connections of other processes that find the folder in use. */
export type ConnectionHandler = (connection: Socket) => void

/**
 * DATA_DIR belongs to one process at a time: PGlite is a whole database in this process, and a second one on the same
 * files would corrupt them. The owner listens on a Unix socket whose path is in the file `lock`. If the socket answers,
 * the owner is alive. A process ID could not prove that: after a crash it may belong to another process, and in a
 * container every main process has ID 1.
 */
export class DataFolder {
  readonly #lock: string
  readonly #owner: Owner
  readonly #server: Server
  readonly #connections = new Set<Socket>()

  private constructor(lock: string, owner: Owner, server: Server) {
    this.#lock = lock
    this.#owner = owner
    this.#server = server
    server.on('connection', connection => {
      this.#connections.add(connection)
      connection.on('error', () => connection.destroy())
      connection.on('close', () => this.#connections.delete(connection))
    })
  }

  /** Takes the folder, creating it if missing, or returns a connection to the process that owns it. */
  static async take(path: string, onConnection: ConnectionHandler): Promise<DataFolder | Socket> {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const lock = join(path, 'lock')
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await unlessMissing(readFile(lock, 'utf8'))
      if (found === null) {
        const mine = await DataFolder.#claim(path, lock, onConnection)
        if (mine) return mine
      } else {
        const alive = await connectTo(found)
        if (alive) return alive
        await removeLock(lock, found)
      }
    }
    throw new Error(`other processes keep taking and releasing ${lock}; stop them and try again`)
  }

  static async #claim(path: string, lock: string, onConnection: ConnectionHandler): Promise<DataFolder | null> {
    const server = createServer(onConnection)
    const socketFolder = await listen(server, path)
    const owner = { pid: process.pid, socket: join(socketFolder, 'socket') }
    const draft = `${lock}.${randomBytes(8).toString('hex')}`
    await writeFile(draft, JSON.stringify(owner), { flag: 'wx', mode: 0o600 })
    try {
      // link() is atomic: the lock is never incomplete, and only one of several concurrent processes creates it.
      await link(draft, lock)
      return new DataFolder(lock, owner, server)
    } catch (error) {
      server.close()
      await rm(socketFolder, { recursive: true, force: true })
      if (codeOf(error) !== 'EEXIST') throw error
      return null
    } finally {
      await rm(draft, { force: true })
    }
  }

  /** Releases the folder and closes the connections of processes that are still waiting. */
  async release(): Promise<void> {
    await removeLock(this.#lock, JSON.stringify(this.#owner))
    await new Promise(resolve => {
      this.#server.close(resolve)
      for (const connection of this.#connections) connection.destroy()
    })
    await rm(dirname(this.#owner.socket), { recursive: true, force: true })
  }
}

/** Listens in a folder that only this user may enter: in DATA_DIR, or the temporary folder if that path is too long. */
async function listen(server: Server, path: string): Promise<string> {
  const inside = join(path, 'run-')
  const parent = Buffer.byteLength(`${inside}XXXXXX/socket`) <= LONGEST_ADDRESS ? inside : join(tmpdir(), 'gatehouse-')
  const folder = await mkdtemp(parent)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(join(folder, 'socket'), resolve)
  })
  await chmod(join(folder, 'socket'), 0o600)
  return folder
}

/** A connection to the owner, or null if it is no longer running. */
async function connectTo(found: string): Promise<Socket | null> {
  const owner = ownerOf(found)
  if (!owner) return null
  const socket = connect(owner.socket)
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', error => (GONE.has(codeOf(error)) ? resolve(null) : reject(error)))
  })
}

const GONE = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK', 'ENOTDIR', 'ECONNRESET'])

/** Removes the lock that was checked: renames it first, and puts it back if another process has replaced it. */
async function removeLock(lock: string, expected: string): Promise<void> {
  const moved = `${lock}.${randomBytes(8).toString('hex')}`
  if ((await unlessMissing(rename(lock, moved))) === null) return
  const content = await readFile(moved, 'utf8')
  if (content !== expected) await link(moved, lock)
  else await removeSocket(content)
  await rm(moved, { force: true })
}

/** Removes the socket that a killed process left behind. */
async function removeSocket(lock: string): Promise<void> {
  const socket = ownerOf(lock)?.socket
  if (!socket) return
  await rm(socket, { force: true })
  await rmdir(dirname(socket)).catch(() => {})
}

function ownerOf(text: string): Owner | null {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The result of the operation; null if the file is missing. */
async function unlessMissing<T>(operation: Promise<T>): Promise<T | null> {
  try {
    return await operation
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '')
