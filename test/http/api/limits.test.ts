import test from 'ava'
import { AccountApplication, type Answer } from '../../support/account-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { MovingClock } from '../../support/moving-clock.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({
  clock,
  env: { API_LIMIT_ACCOUNT: '5/50s', API_LIMIT_IP: '3/30s', TRUST_PROXY: 'loopback' },
})
const application = await AccountApplication.register(gatehouse)
const origin = 'https://app.example.org'
test.after.always(() => gatehouse.stop())

const from = (ip: string) => ({ 'x-forwarded-for': ip })
const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort()
const times = (count: number, ask: (number: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: count }, (_, number) => ask(number)))

test.serial('N-01: the requests about one account are limited, for all its applications together', async t => {
  const ada = await application.signIn()
  const other = await (await AccountApplication.register(gatehouse)).signIn(ada.person)
  const answers = await times(8, number => (number % 2 ? ada : other).get('/me'))
  t.deepEqual(statuses(answers), [200, 200, 200, 200, 200, 429, 429, 429])

  const refused = await ada.send('PATCH', '/me', { profile: { name: 'Eve' } }, { origin })
  t.is(refused.status, 429)
  t.is(refused.headers.get('content-type'), 'application/problem+json')
  t.is(refused.headers.get('access-control-allow-origin'), origin)
  t.regex(refused.headers.get('access-control-expose-headers') ?? '', /Retry-After/)
  t.like(refused.body, { status: 429, title: 'Too Many Requests', code: 'too_many_attempts' })
  const seconds = Number(refused.headers.get('retry-after'))
  t.true(seconds >= 1 && seconds <= 10, `${seconds}`)

  const ben = await application.signIn()
  t.is((await ben.get('/me')).status, 200, 'other accounts are not limited')
  clock.advance(seconds)
  const { body } = await ada.get('/me')
  t.is(body.profile.name, 'Ada', 'the refused change was not made')
  t.is((await ada.get('/me')).status, 429)
})

test.serial('C-09: invalid tokens are limited by IP address, and valid ones still work from there', async t => {
  const ada = await application.signIn()
  const guess = (number: number, ip: string) =>
    application.send('GET', '/me', { token: `guess-${number}`, headers: from(ip) })
  const answers = await times(6, number => guess(number, '203.0.113.7'))
  t.deepEqual(statuses(answers), [401, 401, 401, 429, 429, 429])
  const { headers, body } = await guess(7, '203.0.113.7')
  t.true(Number(headers.get('retry-after')) >= 1)
  t.is(body.code, 'too_many_attempts')

  t.is((await guess(8, '203.0.113.8')).status, 401)
  t.is((await ada.send('GET', '/me', undefined, from('203.0.113.7'))).status, 200)
  clock.advance(11)
  t.is((await guess(9, '203.0.113.7')).status, 401)
})

test.serial('requests without a token are not limited', async t => {
  const answers = await times(10, () => application.send('GET', '/me', { headers: from('203.0.113.9') }))
  t.true(answers.every(({ status }) => status === 401))
})
