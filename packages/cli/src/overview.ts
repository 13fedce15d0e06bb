/** What `altname --help` says: the whole tool by example. */
export const overview = `Finds out which names of a TLS connection disagree, why, and what to change.

Usage:
    altname check api.example.com
        asks the server, and says which name is wrong and how to put it right

    altname check --connect 127.0.0.1:8443 --ca ca.pem api.example.com
        the same for a server that is not yet, or not here, under its name

    altname check --reporter line - < hosts.txt
        many at once, one a line

    altname match api.example.com server.pem
        does this certificate fit this name

    altname inspect fullchain.pem
        names, validity, and what is wrong with the order of the chain

    altname explain < app.log
        finds the TLS failures in a log and explains them; asks nobody

    altname explain ERR_TLS_CERT_ALTNAME_INVALID
        what an error code means, and what can be behind it

    altname run -- npm start
        runs a program, and explains the TLS connections that fail inside it

    altname cert localhost 127.0.0.1 api.local
        a certificate with the right names, from a local CA that cannot hurt

    altname proxy --listen 8443 --dev-cert --to https://api.example.com
        a reverse proxy that sends and checks the right name upstream

    altname lint
        finds verification that is off and wrong server names in your source

Options: altname help check, match, inspect, explain, run, cert, proxy or lint.
Version: altname --version

Exit codes: 0 fine, 1 something is wrong, 2 the command was called wrongly,
3 nobody could be asked.
`;
