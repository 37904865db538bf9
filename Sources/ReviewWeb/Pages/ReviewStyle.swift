internal import Pages

extension StyleSheet {
    static let review = StyleSheet(rules)
}

private let rules: StaticString = """
    .top{display:flex;flex-wrap:wrap;gap:.25rem .75rem;padding:.625rem 1.25rem;border-bottom:1px solid var(--rule);
     background:var(--card);font-size:.875rem} .home{font-weight:600} .who{margin-left:auto;color:var(--soft)}
    main{max-width:78rem;padding-top:1.25rem}
    footer{max-width:78rem;margin:0 auto;padding:0 1.25rem 2rem}
    .keys{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.25rem 1rem;margin-top:.5rem;
     font-size:.875rem} .keys div{display:flex;gap:.5rem} .keys dt{min-width:2.5rem}
    kbd{font:.8125rem ui-monospace,Menlo,Consolas,monospace;border:1px solid var(--rule);border-radius:4px;
     padding:0 .375rem;background:var(--well)}
    .eyebrow{color:var(--soft);font-size:.875rem}
    .lead{margin:.75rem 0;max-width:46rem} .message{white-space:pre-line}
    .counts{margin:.25rem 0 1rem} .counts strong{font-weight:650}
    .notice{margin:.75rem 0;padding:.625rem .875rem;border-left:3px solid var(--waiting);background:var(--well);
     border-radius:0 5px 5px 0} .notice.wrong{border-color:var(--failed)} .notice[hidden]{display:none}
    .said{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;border-color:var(--done)}
    .filter,.rule{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end;margin:.5rem 0 1rem}
    .filter label,.rule label{display:flex;flex-direction:column;font-size:.8125rem;color:var(--soft);gap:.125rem}
    .rule label{flex:1 1 24rem}
    input,select,textarea,button,.button{font:inherit;color:var(--ink);background:var(--card);
     border:1px solid var(--aside);border-radius:5px;padding:.375rem .625rem;min-height:2.25rem;max-width:100%}
    textarea,.field input,.field select{width:100%} textarea{line-height:1.45;unicode-bidi:plaintext}
    [aria-invalid=true]{border:2px solid var(--failed)}
    button,.button{cursor:pointer;display:inline-flex;align-items:center;text-decoration:none}
    button:hover,.button:hover{background:var(--well)}
    button[hidden]{display:none} button:disabled{opacity:.6;cursor:default}
    button.main{background:var(--done-ink);border-color:var(--done-ink);color:var(--paper);font-weight:600}
    button.reject{border-color:var(--failed);color:var(--failed-ink)}
    .queue{border-top:1px solid var(--rule)}
    .queue li{display:grid;grid-template-columns:minmax(9rem,16rem) minmax(0,1fr);gap:.125rem 1rem;padding:.5rem .25rem;
     border-bottom:1px solid var(--rule)}
    .queue li:focus-within{background:var(--well)}
    .queue .record{font-weight:600;overflow-wrap:anywhere} .queue .headline,.queue .times{grid-column:2}
    .queue .kind{font-size:.875rem}
    .pages{display:flex;gap:1rem;margin:.75rem 0}
    section{margin-top:1.25rem;min-width:0} section h2{margin-bottom:.375rem} section h3{margin:.625rem 0 .25rem}
    .beside{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 1.5rem}
    .beside section:only-child{grid-column:1/-1}
    mark{background:#f7e08a;color:#1c2026;border-radius:2px;box-shadow:0 1px 0 #8a6d00}
    ins{background:var(--well);color:var(--done-ink);text-decoration:underline;text-underline-offset:.15em}
    del{background:var(--well);color:var(--failed-ink);text-decoration:line-through}
    #answering{margin-top:1.25rem;padding:1rem;border:1px solid var(--rule);border-radius:6px;background:var(--card)}
    .field{display:flex;flex-direction:column;gap:.125rem;margin:.5rem 0} .field label{font-weight:600;font-size:.875rem}
    .actions{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.75rem}
    @media (max-width:44rem){
     main{padding:1rem} .beside{grid-template-columns:minmax(0,1fr)}
     .queue li{grid-template-columns:minmax(0,1fr)} .queue .headline,.queue .times{grid-column:1}
     .actions{position:sticky;bottom:0;background:var(--card);padding:.5rem 0} button,.button{min-height:2.75rem}
     .who{margin-left:0} .filter label{flex:1 1 8rem}
    }
    """
