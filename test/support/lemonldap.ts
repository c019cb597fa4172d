import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Browser } from './browser.ts'
import { Daemon } from './daemon.ts'
import { findProgram } from './programs.ts'

const PORTAL = '/usr/share/lemonldap-ng/portal/htdocs/index.psgi'
const TEMPLATES = '/usr/share/lemonldap-ng/portal/templates'
/** What the issuer needs in addition to the portal's own package. */
const MODULES = ['/usr/share/perl5/String/Random.pm', '/usr/share/perl5/IO/String.pm']

const plackup = findProgram('plackup')

/** Whether this machine has LemonLDAP::NG, as Debian packages it. */
export const hasLemonldap = plackup !== null && [PORTAL, ...MODULES].every(path => existsSync(path))

export interface RegisteredThere {
  clientId: string
  secret: string
  redirectUri: string
  signedOutUri: string
}

export interface Lemonldap {
  issuer: string
  /** A browser whose home is the provider: it stops at a redirect to Gatehouse. */
  browser(): Browser
  stop(): Promise<void>
}

/**
 * LemonLDAP::NG, an OpenID Provider that shares no code with us, with its demo accounts: `dwho`, `rtyler` and `msmith`,
 * whose passwords are their names. It listens on loopback, and keeps everything in a folder of its own.
 *
 * @param port a free one: our configuration needs the address before there is a client to register
 */
export async function startLemonldap(port: number, client: RegisteredThere): Promise<Lemonldap> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-lemonldap-'))
  const issuer = issuerAt(port)
  for (const part of ['conf', 'cache', 'sessions/lock', 'persistent/lock', 'oidc/lock'])
    await mkdir(join(folder, part), { recursive: true })
  await writeFile(join(folder, 'conf/lmConf-1.json'), JSON.stringify(configuration(folder, issuer, client)))
  await writeFile(join(folder, 'lemonldap-ng.ini'), local(folder))

  const address = ['--host', '127.0.0.1', '--port', String(port)]
  const daemon = new Daemon(plackup ?? '', ['-s', 'HTTP::Server::PSGI', '-E', 'deployment', ...address, PORTAL], {
    cwd: folder,
    env: { LLNG_DEFAULTCONFFILE: join(folder, 'lemonldap-ng.ini') },
  })
  await daemon.listening(port)
  return {
    issuer,
    browser: () => new Browser(issuer),
    async stop() {
      await daemon.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function issuerAt(port: number): string {
  return `http://localhost:${port}`
}

/** Its local settings: the configuration and its cache are in this folder, not where the package has them. */
function local(folder: string): string {
  const cache = `{ 'namespace' => 'configuration', 'cache_root' => '${folder}/cache' }`
  return [
    '[all]',
    'logger = Lemonldap::NG::Common::Logger::Std',
    'logLevel = warn',
    '[configuration]',
    'type = File',
    `dirName = ${folder}/conf`,
    'localStorage = Cache::FileCache',
    `localStorageOptions = ${cache}`,
    '[portal]',
    `templateDir = ${TEMPLATES}`,
    'languages = en',
    '',
  ].join('\n')
}

/** Its whole configuration: https://lemonldap-ng.org/documentation/2.0/parameterlist */
function configuration(folder: string, issuer: string, client: RegisteredThere) {
  const files = (name: string) => ({ Directory: `${folder}/${name}`, LockDirectory: `${folder}/${name}/lock` })
  return {
    cfgNum: 1,
    cfgDate: 1,
    portal: `${issuer}/`,
    domain: 'localhost',
    securedCookie: 0,
    key: 'seals what it sets as cookies in this test',
    authentication: 'Demo',
    userDB: 'Same',
    demoExportedVars: { cn: 'cn', mail: 'mail', uid: 'uid' },
    macros: { verified: '1' },
    whatToTrace: '$uid',
    locationRules: { localhost: { default: 'accept' } },
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: files('sessions'),
    persistentStorage: 'Apache::Session::File',
    persistentStorageOptions: files('persistent'),
    oidcStorage: 'Apache::Session::File',
    oidcStorageOptions: files('oidc'),
    localSessionStorage: 'Cache::FileCache',
    localSessionStorageOptions: { namespace: 'sessions', cache_root: `${folder}/cache` },
    // Nothing here draws images; the default module would need a library for them.
    captcha: '::Main::Plugin',
    captcha_mail_enabled: 0,
    captcha_register_enabled: 0,
    portalDisplayResetPassword: 0,
    requireToken: 0,
    ...openidConnect(issuer, client),
  }
}

function openidConnect(issuer: string, { clientId, secret, redirectUri, signedOutUri }: RegisteredThere) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const options = {
    ClientID: clientId,
    ClientSecret: secret,
    DisplayName: 'Gatehouse',
    IDTokenSignAlg: 'RS256',
    RedirectUris: redirectUri,
    PostLogoutRedirectUris: signedOutUri,
    LogoutBypassConfirm: 1,
    BypassConsent: 1,
    RequirePKCE: 1,
  }
  return {
    issuerDBOpenIDConnectActivation: 1,
    oidcServiceMetaDataIssuer: issuer,
    oidcServicePrivateKeySig: privateKey,
    oidcServicePublicKeySig: publicKey,
    oidcServiceKeyIdSig: 'signing',
    oidcServiceAllowAuthorizationCodeFlow: 1,
    oidcRPMetaDataOptions: {
      gatehouse: Object.fromEntries(
        Object.entries(options).map(([name, value]) => [`oidcRPMetaDataOptions${name}`, value]),
      ),
    },
    oidcRPMetaDataExportedVars: {
      gatehouse: { name: 'cn', preferred_username: 'uid', email: 'mail', email_verified: 'verified;bool' },
    },
  }
}
