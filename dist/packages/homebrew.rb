# Checks, repairs, verifies and rolls back settings of a Microsoft 365 / Entra tenant.
class Fixforme < Formula
  desc "Checks, repairs, verifies and rolls back settings of a Microsoft 365 tenant"
  homepage "@HOME@"
  version "@VERSION@"
  license "MIT"

  # begin aarch64-apple-darwin
  if OS.mac? && Hardware::CPU.arm?
    url "@URL@fixforme-@VERSION@-aarch64-apple-darwin.tar.gz"
    sha256 "@SHA256 aarch64-apple-darwin@"
  end
  # end aarch64-apple-darwin
  # begin x86_64-apple-darwin
  if OS.mac? && Hardware::CPU.intel?
    url "@URL@fixforme-@VERSION@-x86_64-apple-darwin.tar.gz"
    sha256 "@SHA256 x86_64-apple-darwin@"
  end
  # end x86_64-apple-darwin
  # begin x86_64-unknown-linux-gnu
  if OS.linux? && Hardware::CPU.intel?
    url "@URL@fixforme-@VERSION@-x86_64-unknown-linux-gnu.tar.gz"
    sha256 "@SHA256 x86_64-unknown-linux-gnu@"
  end
  # end x86_64-unknown-linux-gnu

  def install
    bin.install "fixforme"
    generate_completions_from_executable(bin/"fixforme", "completions")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/fixforme --version")
  end
end
