import Testing

@Suite struct LexerTests {
    private func words(_ source: String) -> [String] { Lexer.tokens(of: source).map(\.text) }

    @Test func `comments are not code`() {
        #expect(words("a // try! b\n/* print( /* nested */ ) */ c") == ["a", "c"])
    }

    @Test func `a string is one token, and the code interpolated into it follows`() {
        let tokens = Lexer.tokens(of: #"f("x \(g(a)) y", b)"#)
        #expect(tokens.map(\.text) == ["f", "(", #"x \() y"#, "g", "(", "a", ")", ",", "b", ")"])
        #expect(tokens[2].kind == .string)
    }

    @Test func `a string within an interpolation ends neither`() {
        #expect(words(#""a \(f("b)")) c" d"#) == [#"a \() c"#, "f", "(", "b)", ")", "d"])
    }

    @Test func `raw and multi-line strings end where they say`() {
        #expect(words(##"#"a " \n b"# c"##) == [#"a " \n b"#, "c"])
        let tokens = Lexer.tokens(of: "\"\"\"\nSELECT \"x\"\n\"\"\"\nend")
        #expect(tokens.map(\.text) == ["\nSELECT \"x\"\n", "end"])
        #expect(tokens.map(\.line) == [1, 4])
    }

    @Test func `an escaped quote does not end a string`() {
        #expect(words(#""a\"b" c"#) == [#"a\"b"#, "c"])
    }

    @Test func `a regular expression is no string's start, a division is no regular expression`() {
        #expect(words(#"x = /"[^"]*"/ y"#) == ["x", "=", "y"])
        #expect(words("a / b / c") == ["a", "/", "b", "/", "c"])
    }

    @Test func `a name in backticks is one word`() {
        #expect(words("func `a late row, later`()") == ["func", "`a late row, later`", "(", ")"])
    }
}
