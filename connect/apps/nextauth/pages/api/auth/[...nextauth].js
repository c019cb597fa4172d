import NextAuth from 'next-auth'
import { options } from '../../../options.js'

export default NextAuth(options)
