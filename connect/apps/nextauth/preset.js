// Paste: The options of NextAuth in the code of the application
