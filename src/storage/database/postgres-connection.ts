import { readFileSync } from 'node:fs'
import { connect, isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { ClientConfig } from 'pg'
import type { DatabaseAddress, DatabaseTls } from '../../base/network/database-address.ts'
import { StoreUnavailable } from '../../base/refusals.ts'
import { databaseUnavailable } from '../store-errors.ts'

/** Options of every connection to the database: of the pool, the queue, and the notification listener. */
export type PostgresConnection = ClientConfig & { database: string; connectionTimeoutMillis: number }

/**
 * Builds the driver's connection options from an address. The driver never gets the address itself, which it would
 * parse in its own way.
 * @throws StoreUnavailable if sslmode=prefer has to ask the server and it doesn't answer
 */
export async function postgresConnection(
  address: DatabaseAddress,
  { connectTimeout }: { connectTimeout: number },
): Promise<PostgresConnection> {
  const { host, port, user, password, database, tls, applicationName, options } = address
  const connectionTimeoutMillis = 1000 * (address.connectTimeout ?? connectTimeout)
  return {
    host,
    port,
    user,
    password,
    database,
    ssl: (await encrypts(address, connectionTimeoutMillis)) && tlsOptions(tls, host),
    ...(tls.direct && { sslnegotiation: 'direct' }),
    application_name: applicationName,
    options,
    connectionTimeoutMillis,
    keepAlive: address.keepAlive,
    keepAliveInitialDelayMillis: 1000 * address.keepAliveIdle,
  }
}

function encrypts(address: DatabaseAddress, timeout: number): Promise<boolean> | boolean {
  if (address.host.startsWith('/')) return false
  return address.tls.mode === 'prefer' ? offersTls(address, timeout) : address.tls.mode !== 'disable'
}

function tlsOptions(
  { mode, rootCert, cert, key, keyPassword, minVersion, maxVersion }: DatabaseTls,
  host: string,
): ConnectionOptions {
  const verified = mode === 'verify-ca' || mode === 'verify-full'
  return {
    rejectUnauthorized: verified,
    // verify-ca accepts any host name, as long as the right authority signed the certificate.
    ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
    // The driver sets a host name itself. Without this, the certificate for an IP address would be checked against
    // "localhost".
    ...(isIP(host) !== 0 && { host }),
    ...(rootCert && { ca: readFileSync(rootCert) }),
    ...(cert && { cert: readFileSync(cert) }),
    ...(key && { key: readFileSync(key) }),
    ...(keyPassword && { passphrase: keyPassword }),
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
  }
}

/** SSLRequest message (PostgreSQL protocol, section 55.7): its length and its code. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/** Asks the server whether it offers TLS, as sslmode=prefer requires. The driver can't fall back to no TLS itself. */
function offersTls({ host, port }: DatabaseAddress, timeout: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (error: Error) => {
      socket.destroy()
      reject(databaseUnavailable(error) ?? new StoreUnavailable('PostgreSQL', error.message))
    }
    const timer = setTimeout(fail, timeout, new Error(`no answer from ${host}:${port} within ${timeout} ms`))
    socket.once('connect', () => socket.write(SSL_REQUEST))
    socket.once('data', ([answer]) => {
      socket.destroy()
      resolve(answer === 'S'.charCodeAt(0))
    })
    socket.once('error', fail)
    socket.once('end', () => fail(new Error('the server closed the connection')))
    socket.once('close', () => clearTimeout(timer))
  })
}
