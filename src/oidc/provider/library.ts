import './library-notices.ts'

/** The library, with its notices caught; values come from here, types from the library itself. */
export { default as Provider, ExternalSigningKey, errors, interactionPolicy } from 'oidc-provider'
