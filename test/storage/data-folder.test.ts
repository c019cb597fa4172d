import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { type ExecutionContext } from 'ava'
import { DataFolder } from '../../src/storage/database/data-folder.ts'

async function emptyFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-folder-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'data')
}

const greeting = (caller: Socket) => void caller.end('taken')

async function take(t: ExecutionContext, path: string): Promise<DataFolder> {
  const taken = await DataFolder.take(path, greeting)
  if (taken instanceof Socket) return t.fail('another process has it')
  return taken
}

test('the first process takes the folder, and the next one connects to the first', async t => {
  const path = await emptyFolder(t)
  const mine = await take(t, path)
  const other = await DataFolder.take(path, greeting)
  t.true(other instanceof Socket)
  t.is(await text(other as Socket), 'taken')
  await mine.release()
  t.deepEqual(await readdir(path), [])
  await (await take(t, path)).release()
})

test('of many processes at once exactly one takes the folder', async t => {
  const path = await emptyFolder(t)
  const all = await Promise.all(Array.from({ length: 20 }, () => DataFolder.take(path, greeting)))
  const winners = all.filter(each => each instanceof DataFolder)
  t.is(winners.length, 1)
  for (const each of all) if (each instanceof Socket) each.destroy()
  await winners[0]?.release()
  t.deepEqual(await readdir(path), [])
})

test('only the same user may connect to the owner', async t => {
  const path = await emptyFolder(t)
  const mine = await take(t, path)
  const { socket } = JSON.parse(await readFile(join(path, 'lock'), 'utf8'))
  t.is((await stat(path)).mode & 0o777, 0o700)
  t.is((await stat(join(path, 'lock'))).mode & 0o777, 0o600)
  t.is((await stat(dirname(socket))).mode & 0o777, 0o700)
  t.is((await stat(socket)).mode & 0o777, 0o600)
  await mine.release()
})

test('the lock of a process that has ended is ignored, even if its process ID is in use again', async t => {
  for (const stale of [
    JSON.stringify({ pid: process.pid, socket: '/no/such/socket' }),
    JSON.stringify({ pid: 1, socket: join(tmpdir(), 'nobody') }),
    '',
    'nonsense',
  ]) {
    const path = await emptyFolder(t)
    await mkdir(path)
    await writeFile(join(path, 'lock'), stale)
    const mine = await take(t, path)
    t.true((await DataFolder.take(path, greeting)) instanceof Socket)
    await mine.release()
    t.deepEqual(await readdir(path), [])
  }
})

test('of many processes that find the same stale lock exactly one takes the folder', async t => {
  const path = await emptyFolder(t)
  await mkdir(path)
  await writeFile(join(path, 'lock'), JSON.stringify({ pid: 1, socket: '/no/such/socket' }))
  const all = await Promise.all(Array.from({ length: 20 }, () => DataFolder.take(path, greeting)))
  const winners = all.filter(each => each instanceof DataFolder)
  t.is(winners.length, 1)
  for (const each of all) if (each instanceof Socket) each.destroy()
  await winners[0]?.release()
})
