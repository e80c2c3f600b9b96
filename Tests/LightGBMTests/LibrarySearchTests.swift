import Testing

@testable import LightGBM

@Suite struct LibrarySearchTests {
    let search = LibrarySearch(fileName: "lib.so", variable: "PLACE")

    @Test func `beside the executable comes first, the working directory's parents last`() {
        let paths = search.candidates(
            environment: [:],
            executable: "/opt/eagle/bin/eagle",
            workingDirectory: "/home/ada"
        )
        #expect(
            paths == [
                "/opt/eagle/bin/lib.so", "/opt/eagle/lib/lib.so", "/opt/eagle/bin/.deps/lib/lib.so",
                "/opt/eagle/.deps/lib/lib.so", "/opt/.deps/lib/lib.so", "/.deps/lib/lib.so",
                "/home/ada/.deps/lib/lib.so", "/home/.deps/lib/lib.so",
            ]
        )
    }

    @Test func `the environment's path is the only one`() {
        let paths = search.candidates(environment: ["PLACE": "/x/y.so"], executable: "/a/b", workingDirectory: "/c")
        #expect(paths == ["/x/y.so"])
    }

    @Test func `an executable that isn't known leaves the working directory`() {
        let paths = search.candidates(environment: ["PLACE": ""], executable: nil, workingDirectory: "/c")
        #expect(paths == ["/c/.deps/lib/lib.so", "/.deps/lib/lib.so"])
    }
}
