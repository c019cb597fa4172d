import { readFile } from 'node:fs/promises'
import test from 'ava'
import { identityOf } from '../../src/federation/providers/claim-mapping.ts'
import { checkDefinition } from '../../src/federation/providers/definition.ts'
import { policySchema } from '../../src/federation/providers/policy.ts'
import { KINDS, type Kind, PRESETS, presetOf } from '../../src/federation/providers/presets.ts'

const DEFAULT_POLICY = policySchema.parse({})

const by = (kind: Kind, claims: object) =>
  identityOf({ mapping: presetOf(kind).mapping, policy: DEFAULT_POLICY }, { ...claims })

test('each kind of provider has a preset with a unique title', t => {
  t.deepEqual(Object.keys(PRESETS), [...KINDS])
  t.is(new Set(KINDS.map(kind => presetOf(kind).title)).size, KINDS.length)
})

for (const kind of KINDS) {
  const { protocol, endpoints, issuer, steps, console, settings } = presetOf(kind)

  test(`${kind}: addresses use https, and the setup steps name the redirect URI`, t => {
    const addresses = [...Object.values(endpoints ?? {}), issuer, console].filter(address => address !== null)
    for (const address of addresses) t.regex(address, /^(https:|\{issuer\})\/\/?/)
    t.true(steps.some(step => step.includes('{redirectUri}')))
    for (const step of steps)
      for (const [, place] of step.matchAll(/\{(\w+)\}/g))
        t.true(
          ['redirectUri', 'signedOutUri', 'backchannelLogoutUri', 'origin', 'host', 'issuer'].includes(place!),
          step,
        )
    if (protocol === 'oidc') t.is(endpoints, null)
    for (const name of Object.keys(settings)) t.regex(name, /^[a-z]+(-[a-z]+)*$/)
  })

  test(`${kind}: the documentation page matches the preset`, async t => {
    const text = await readFile(new URL(`../../docs/providers/${kind}.md`, import.meta.url), 'utf8')
    const page = text.replace(/\s+/g, ' ')
    t.true(page.includes(`/federation/${kind}/callback`))
    t.true(page.includes(`gatehouse providers add ${kind}`))
    if (console && !console.startsWith('{')) t.true(page.includes(console), console)
    for (const name of Object.keys(settings)) t.true(page.includes(`--${name}`), name)
    const quoted = steps.flatMap(step => [...step.matchAll(/“([^”]+)”/g)].map(([, words]) => words!))
    for (const words of quoted) t.true(page.includes(words), words)
    const index = await readFile(new URL('../../docs/providers/README.md', import.meta.url), 'utf8')
    t.true(index.includes(`(${kind}.md)`))
  })
}

test('the Microsoft tenant is part of the issuer', t => {
  const definition = { kind: 'microsoft', clientId: 'us', secret: 's', settings: { tenant: 'abc' } } as const
  t.is(checkDefinition(definition).issuer, 'https://login.microsoftonline.com/abc/v2.0')
})

test('GitHub: a response of GET /user is mapped, with the primary email of GET /user/emails', t => {
  const user = {
    login: 'octocat',
    id: 583231,
    node_id: 'MDQ6VXNlcjU4MzIzMQ==',
    avatar_url: 'https://avatars.githubusercontent.com/u/583231?v=4',
    html_url: 'https://github.com/octocat',
    type: 'User',
    site_admin: true,
    name: 'The Octocat',
    blog: 'github.blog',
  }
  t.like(by('github', { ...user, email: 'octocat@github.com', email_verified: true }), {
    subject: '583231',
    email: 'octocat@github.com',
    emailVerified: true,
    name: 'The Octocat',
    username: 'octocat',
    profile: {
      profile: 'https://github.com/octocat',
      picture: 'https://avatars.githubusercontent.com/u/583231?v=4',
    },
  })
})

test('Yandex: a response of login.yandex.ru/info is mapped, and its email is not verified', t => {
  const answer = {
    id: '1000034426',
    login: 'vasya',
    client_id: '4760187d81bc4b7799476b42b5103713',
    display_name: 'vasya',
    real_name: 'Vasya Pupkin',
    first_name: 'Vasya',
    last_name: 'Pupkin',
    sex: 'male',
    default_email: 'test@yandex.ru',
    emails: ['test@yandex.ru'],
    birthday: '0000-12-23',
    psuid: '1.AAceCw.tbHgw5DtJ9_zeqPrk-Ba2w.qPWSRC5v2t2IaksPJgnge',
  }
  t.deepEqual(by('yandex', answer), {
    subject: '1000034426',
    email: 'test@yandex.ru',
    emailVerified: false,
    name: 'Vasya Pupkin',
    username: 'vasya',
    profile: {
      given_name: 'Vasya',
      family_name: 'Pupkin',
      nickname: 'vasya',
      gender: 'male',
      birthdate: '0000-12-23',
    },
    roles: null,
    secondFactor: false,
  })
  t.like(by('yandex', { ...answer, sex: null, birthday: '1987-00-00' }).profile, {
    gender: undefined,
    birthdate: undefined,
  })
})

test('VK ID: a response of oauth2/user_info is mapped, and its `verified` claim does not verify the email', t => {
  const user = {
    user_id: '1234567890',
    first_name: 'Ivan',
    last_name: 'I.',
    phone: '79991234567',
    avatar: 'https://pp.userapi.com/60tZWMo4SmwcploUVl9XEt8ufnTTvDUmQ6Bj1g/mmv1pcj63C4.png',
    email: 'ivan_i123@vk.com',
    sex: 2,
    verified: true,
    birthday: '01.01.2000',
  }
  t.deepEqual(by('vk', { user }), {
    subject: '1234567890',
    username: null,
    email: 'ivan_i123@vk.com',
    emailVerified: false,
    name: 'Ivan I.',
    profile: { given_name: 'Ivan', family_name: 'I.', picture: user.avatar },
    roles: null,
    secondFactor: false,
  })
})

test('Discord: a response of users/@me is mapped, with a verified or an unverified email', t => {
  const user = {
    id: '80351110224678912',
    username: 'nelly',
    discriminator: '0',
    global_name: 'Nelly',
    avatar: '8342729096ea3675442027381ff50dfe',
    verified: true,
    email: 'nelly@discord.com',
    locale: 'en-US',
  }
  t.deepEqual(by('discord', user), {
    subject: '80351110224678912',
    email: 'nelly@discord.com',
    emailVerified: true,
    name: 'Nelly',
    username: 'nelly',
    profile: { locale: 'en-US' },
    roles: null,
    secondFactor: false,
  })
  t.false(by('discord', { ...user, verified: false }).emailVerified)
  t.is(by('discord', { ...user, global_name: null }).name, 'nelly')
})

test('Microsoft: the picture, which requires a token, is ignored', t => {
  const { profile } = by('microsoft', { sub: 'x', picture: 'https://graph.microsoft.com/v1.0/me/photo/$value' })
  t.deepEqual(profile, {})
})
