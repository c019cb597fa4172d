import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { newSecret } from '../../src/base/secrets.ts'

const log = new URL('../../src/base/log.ts', import.meta.url).href

/** The log line of a separate process, since the log is written to standard output. */
async function written(code: string): Promise<Record<string, unknown>> {
  const program = `import { createLog } from '${log}'; const log = createLog('info'); ${code}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  return JSON.parse(stdout)
}

test('an error is logged with its type, place and reason, but without its statement and values', async t => {
  const { err } = await written(`
    const cause = Object.assign(new Error('row'), { detail: 'Failing row contains (a digest).' })
    const error = new Error('failed', { cause })
    log.error({ err: Object.assign(error, { code: '23502', query: "insert 'a digest'", params: ['a digest'] }) }, 'x')`)
  t.like(err, { type: 'Error', message: 'failed', reason: '23502', cause: { message: 'row' } })
  t.true((err as { stack: string }).stack.includes('at '))
  t.false(JSON.stringify(err).includes('a digest'))
})

test('properties with secret names are not logged', async t => {
  const { form } = await written(`log.info({ form: { password: 'correct horse', code: 'abc', name: 'Ada' } }, 'x')`)
  t.deepEqual(form, { password: '[redacted]', code: '[redacted]', name: 'Ada' })
})

test('F-20: the token of a one-time link is not logged, wherever the link appears', async t => {
  const token = newSecret()
  const line = await written(`
    const path = '/id/undo-email-change/${token}'
    const err = new Error('cannot answer GET ' + path + ' now')
    log.error({ err, url: path, headers: { referer: 'https://id.example.com' + path + '?again' } }, 'failed at ' + path)`)
  t.false(JSON.stringify(line).includes(token))
  t.is(line.url, '/id/undo-email-change/***')
  t.is(line.msg, 'failed at /id/undo-email-change/***')
})
