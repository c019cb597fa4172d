import { hostsAndRanges } from '../addresses.ts'
import { DURATION, type Setting } from '../setting.ts'
import { duration, oneOf, portOrOff, wholeNumber } from '../values.ts'

export const process = [
  {
    name: 'NODE_ENV',
    group: 'Process',
    schema: oneOf('development', 'test', 'production'),
    default: 'development',
    expected: 'development, test or production',
    example: 'production',
    does: 'production turns off everything meant for trying out, and refuses to start half configured.',
  },
  {
    name: 'WORKERS',
    group: 'Process',
    schema: wholeNumber(1, 64),
    default: '1',
    expected: 'a whole number from 1 to 64; more than 1 needs DATABASE_URL and REDIS_URL',
    example: '2',
    does: 'Processes that answer requests.',
  },
  {
    name: 'SHUTDOWN_DELAY',
    group: 'Process',
    schema: duration('0', '60s'),
    otherwise: '1s in production, else 0',
    expected: `${DURATION}; up to 60s`,
    example: '5s',
    does: 'How long /readyz says no before a stopping process closes its door, so that a load balancer can notice.',
  },
  {
    name: 'LOG_LEVEL',
    group: 'Process',
    schema: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    expected: 'fatal, error, warn, info, debug, trace or silent',
    example: 'debug',
    does: 'The least severe log lines to write.',
  },
  {
    name: 'DEMO_PORT',
    group: 'Process',
    schema: portOrOff,
    otherwise: '3001 with the embedded database outside production, else off',
    expected: 'a port other than PORT, or off; in production only off',
    example: 'off',
    does: 'Port of the demo application that signs in through this provider.',
  },
  {
    name: 'DEMO_UPSTREAM_PORT',
    group: 'Process',
    schema: portOrOff,
    otherwise: 'off; `serve --with-upstream` means 3002',
    expected: 'a port other than PORT and DEMO_PORT, or off; in production only off',
    example: '3002',
    does: 'Port of Example Upstream, a second provider through which people can sign in to this one, to try that out.',
  },
  {
    name: 'OUTBOUND_ALLOW',
    group: 'Process',
    schema: hostsAndRanges,
    otherwise: 'none',
    expected: 'host names or addresses, alone or with a port, and ranges of addresses, separated by commas',
    example: 'intranet.example.com,10.1.0.0/16,127.0.0.1:4000',
    does: 'Private or local places that requests to applications and other providers may reach all the same.',
  },
] as const satisfies readonly Setting[]
