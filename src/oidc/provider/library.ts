import './library-notices.ts'

/** Import values of oidc-provider from here, so that its console notices are collected. Types come from the library itself. */
export { default as Provider, ExternalSigningKey, errors, interactionPolicy } from 'oidc-provider'
