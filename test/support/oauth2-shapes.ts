import { type Shape, type ShapeAnswer, type ShapeRequest, TOKEN } from './oauth2-shape.ts'

/** https://docs.github.com/en/rest/users/users and …/users/emails; requests without a User-Agent are refused. */
const github: Shape = {
  person: { email: 'mona@example.org', name: 'Mona Octocat', emailVerified: true },
  paths: {
    authorization: '/login/oauth/authorize',
    token: '/login/oauth/access_token',
    userinfo: '/user',
    emails: '/user/emails',
  },
  token: ({ headers, fields }, { id, secret }) => {
    if (!headers.accept?.includes('application/json')) return { body: `access_token=${TOKEN}` }
    if (fields.get('client_id') !== id || fields.get('client_secret') !== secret)
      return { body: { error: 'incorrect_client_credentials', error_description: 'The client_id is incorrect.' } }
    return { body: { access_token: TOKEN, scope: 'read:user,user:email', token_type: 'bearer' } }
  },
  userinfo: request =>
    bearing(request, 'Bearer', {
      login: 'octocat',
      id: 583231,
      node_id: 'MDQ6VXNlcjU4MzIzMQ==',
      avatar_url: 'https://avatars.example/u/583231',
      html_url: 'https://github.example/octocat',
      type: 'User',
      site_admin: false,
      name: 'Mona Octocat',
      blog: 'https://octocat.example',
      email: 'public@example.org',
      two_factor_authentication: true,
    }),
  emails: request =>
    bearing(request, 'Bearer', [
      { email: 'old@example.org', primary: false, verified: true, visibility: null },
      { email: 'mona@example.org', primary: true, verified: true, visibility: 'private' },
    ]),
}

/** https://docs.discord.com/developers/resources/user */
const discord: Shape = {
  person: { email: 'nelly@example.org', name: 'Nelly', emailVerified: true },
  paths: {
    authorization: '/oauth2/authorize',
    token: '/api/oauth2/token',
    userinfo: '/api/v10/users/@me',
    emails: '',
  },
  token: ({ headers }, { id, secret }) =>
    headers.authorization === `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
      ? {
          body: {
            access_token: TOKEN,
            token_type: 'Bearer',
            expires_in: 604800,
            refresh_token: 'the-refresh-token',
            scope: 'identify email',
          },
        }
      : { status: 401, body: { error: 'invalid_client' } },
  userinfo: request =>
    bearing(request, 'Bearer', {
      id: '80351110224678912',
      username: 'nelly',
      discriminator: '0',
      global_name: 'Nelly',
      avatar: '8342729096ea3675442027381ff50dfe',
      verified: true,
      email: 'nelly@example.org',
      mfa_enabled: true,
      locale: 'en-US',
    }),
}

/** https://yandex.ru/dev/id/doc/en/user-information */
const yandex: Shape = {
  person: { email: 'ivan@example.org', name: 'Ivan Ivanov', emailVerified: false },
  paths: { authorization: '/authorize', token: '/token', userinfo: '/info?format=json', emails: '' },
  token: ({ headers }, { id, secret }) =>
    headers.authorization === `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
      ? {
          body: {
            token_type: 'bearer',
            access_token: TOKEN,
            expires_in: 124234123534,
            refresh_token: 'the-refresh-token',
            scope: 'login:info login:email',
          },
        }
      : { status: 400, body: { error: 'invalid_client', error_description: 'Client not found' } },
  userinfo: request =>
    bearing(request, 'OAuth', {
      login: 'ivan',
      old_social_login: 'uid-mmzxrnry',
      default_email: 'ivan@example.org',
      id: '1000034426',
      client_id: '4760187d81bc4b7799476b42b5103713',
      emails: ['ivan@example.org', 'vanya@example.org'],
      psuid: '1.AAceCw.tbHgw5DtJ9_zeqPrk-Ba2w',
      first_name: 'Ivan',
      last_name: 'Ivanov',
      display_name: 'ivan',
      real_name: 'Ivan Ivanov',
      sex: 'male',
      birthday: '1987-03-12',
      is_avatar_empty: false,
      default_avatar_id: '131652443',
    }),
}

/** https://id.vk.ru/about/business/go/docs/ru/vkid/latest/vk-id/connection/api-integration/api-description */
const vk: Shape = {
  person: { email: 'ivan-at-vk@example.org', name: 'Ivan I.', emailVerified: false },
  publicClient: true,
  paths: { authorization: '/authorize', token: '/oauth2/auth', userinfo: '/oauth2/user_info', emails: '' },
  beside: { device_id: 'the-device', type: 'code_v2', expires_in: '600', ext_id: 'some' },
  challengeMethod: 's256',
  token: ({ fields }, { id }) =>
    fields.get('client_id') === id && fields.get('device_id') === 'the-device' && fields.get('state')
      ? {
          body: {
            refresh_token: 'the-refresh-token',
            access_token: TOKEN,
            id_token: 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJWSyJ9.AAAA',
            token_type: 'Bearer',
            expires_in: 3600,
            user_id: 1234567890,
            state: fields.get('state'),
            scope: 'vkid.personal_info email',
          },
        }
      : { status: 400, body: { error: 'invalid_request', error_description: 'device_id is missing' } },
  userinfo: ({ method, fields }, { id }) =>
    method === 'POST' && fields.get('access_token') === TOKEN && fields.get('client_id') === id
      ? {
          body: {
            user: {
              user_id: '1234567890',
              first_name: 'Ivan',
              last_name: 'I.',
              phone: '79991234567',
              avatar: 'https://pp.userapi.example/60tZWMo4SmwcploUVl9XEt8ufnTTvDUmQ6Bj1g.jpg',
              email: 'ivan-at-vk@example.org',
              sex: 2,
              verified: true,
              birthday: '01.01.2000',
            },
          },
        }
      : { status: 400, body: { error: 'invalid_token' } },
}

/** An API of an operator's own, with common names. */
const oauth2: Shape = {
  person: { email: 'olga@example.org', name: 'Olga', emailVerified: false },
  paths: { authorization: '/authorize', token: '/token', userinfo: '/api/me', emails: '' },
  token: ({ headers }, { id, secret }) =>
    headers.authorization === `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
      ? { body: { access_token: TOKEN, token_type: 'Bearer' } }
      : { status: 401, body: { error: 'invalid_client' } },
  userinfo: request => bearing(request, 'Bearer', { id: 7, name: 'Olga', email: 'olga@example.org' }),
}

/** One for each preset of plain OAuth 2.0. */
export const SHAPES = { discord, github, oauth2, vk, yandex }

function bearing({ headers }: ShapeRequest, way: string, body: unknown): ShapeAnswer {
  if (!headers['user-agent']) return { status: 403, body: { message: 'Request forbidden by administrative rules' } }
  return headers.authorization === `${way} ${TOKEN}` ? { body } : { status: 401, body: { message: 'Bad credentials' } }
}
