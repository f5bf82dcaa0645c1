// Payloads that other people's HdrHistogram wrote: the Python port 0.10, HdrHistogram(1, 3600000000, 3), which writes a
// single 0 as a run of one where the Java original writes the number 0.
#pragma once

namespace ringload::golden {

// No samples.
inline constexpr char kEmpty[] =
    "HISTFAAAABx4nJNpmSzMgADMUJoRRFybvITB/gNEAABQ2gSH";

// i² for i = 0 … 999.
inline constexpr char kSquares[] =
    "HISTFAAAAX14nK3QQUsCQRgG4J1XZBERkUUkTCQkJCQkJCJEJCQkJCQkJCIiIiIiIiIiIjoUdOjQwUOHDh0KOnTo33ToV/QT+hynZsaZXV"
    "fIh/d7v29ZWHDytuc5jvvlDH4R0aw/PnuvTv178ACIwEUcSXjIIIs8CiiihDIqWEAVdTTQRAttdNDFJraxi30c4hinOMclrnHDcMdwz/DA"
    "0GN4ZHhieGZ4YXhjeGf4YPT2BrbIDtkjB+SInJAzckGuUKOv1bFEGmSZNMkKaZFV0iZrpEPWSZfeLXGzQlmYEyrCvLAgLApVoUZyXJ5Hmu"
    "KRCjzSNI9U5JFmeKQSJU3/towpo8U0ocWU1WLKafmV0CSVNpNU2i6ltJmU0nae0mY8pe3SfMaIy6fZ4cStLad/9Gl2OAlry+kffZo9LBrI"
    "9bncwJbTdoeLOofvoFY38xpXzOeKBbactjtc1NlPRGB/m/22Pfkv0ZFPotbd3ML16Ol/26/x43cF3f4zfNs3fTfvHyheWMo=";

// 0 × 3, 1 × 127, 2047 × 128, 2048 × 16384, 2049 × 1, 1000000 × 5·10¹², 3600000000 × 2⁵⁵.
inline constexpr char kWideCounts[] =
    "HISTFAAAADx4nJNpmSzMwMCgwAABzFCaEURcm7yEwf4DRIDtH+NP+Qampgam/X2MDQdOfW5ZzLR4D2MDFDACANX3Ex8=";

// 10,000 values over nine orders of magnitude: see lcg_values() in the test.
inline constexpr char kMixed[] =
    "HISTFAAAD9F4nFVaPY8cxxFlV1f3zNxwvNxb7u0dl3cnkiBkQhAEWyAEB4YgGAoUORAEBwr1A/wnDEfOBPgXOLD/kH+AYThwpNCh671Xvb"
    "R5vLvZmZ7+qK569er1vfzDj4cnT97++4n+1fxd8OPvP/7lyZc/6cYf7R/ln+VP9lf7T/lX+XN8+qk8f3j6s5uHm+c3z56/jJ8PL66fXj+7"
    "ffn82e2z64eXL65vXt7c3Dz87MV1PI7L6/5w/fr25YsXNw8fvX7+85tfvr69ubp5fvvw4vbm5vlHHz17eP3s5vb19cPtbXEz66UXK168ei"
    "+zmXu1Ym5X8bm6deNDNsWHeNjLVYm7eBW3cD17vOGOu+5e0DBei56ig3i5x8N4UjtbRx98yaOrK7SNFlbRwOeCjvQ8ppKDxBNOw3p0zq45"
    "VjyfYmJT/OY0cLdbi++r3vF8jiuLRXS/6hgnhtcs2QxvOJbG/hp60Uqd40Xb3mt/Wrx5o4ncGlZnPoelbOIEeIOTjcsZneFjR4PoaQ4TxK"
    "25YDgMVDFPfIdNMB3O0znv+DWbVl+cdorH1WIsDBMz4JJiSrJLPG+8cllI0zfZKgyPG7F9deauYTWxbzJK7APacjHRbdhonp1mKZgDFlFy"
    "Vc4pa/WaAaxjfhW/JzqDNgMbbBhPr4Ufxa+ZFo5r2CzW5EU+pB2daaen8Wbv3AfTqmnh6KFgkjRD2EmGwrOYdUefVc2dM46OrlyeVbnD89"
    "yLXLBoh22NVo275LIWzLNiLC+xxzNGvFg23nMuhi7mnJPBR2uMv4+vwq9mZ/uMVzWu39oSTrHEVlcMt/LxwaJ1/J/g1CfOoth758Xe7uyL"
    "uPkuWt7F9+qHeL2wq/AXDOPoo9rOfhtPNg5R7D4+v7F45VV8XOOy2afReIm5tHi48sXCzcHA8X/iBA/RW5j5TbSMlxfMLZps0Q2+aryOTn"
    "boIFriHcy/KhwrJuDozLX0aDbFaO6xvrM9xqLvjdDR+Eo0UC+xQJh0HwPt8EyWjKsCe8Wng6IHqyzoKqwcfaMn7dkjPV3roRnDNic+gTGi"
    "kcVF5eOCS95G0xYT3vhi5T0ExWTy7xi12FGBf2Jbx3L5kEarucdHzhSbM2EovRQWjff05naZGL5WfsM7Kw1xiFWNBW+438Ifd/LUnCYN/I"
    "g5+qpxNaKlG8F+8SQcS3aAA3CU4hxuz8tKe2CJ1S37F7AxMKvT3rHv0XYhxpjurLnQCdabaKBw+/t4gyiyEMEmxs2K3hBMTXFfE0LZHdfv"
    "8Fgmg32MUuQA8WjjWHsNMWJs9OHYsvixhXGEYFy/mxBNnTN/WBFuBxgcXW6zqBusFnvRcnvlPnGrN6FYbKDZcFB9WaKk5kML0dWn/EELcx"
    "s9MxZje8WnBW44yXQ+cAZulPvJXl05Cd12zrziFZ8SmABHzde0x3C5ylUZEyICBBuI0MMudLjx5GsGdL1EEv1ll3vJCFFnj/SBaW7cmmy6"
    "0IiOBXbakLlE9uhpg6L0SMjErZ1jTA8Lp0PBCO5KLmUgvnrrReBu2jRXR13JEf8nXptYAV5ADkd28qKJuRKbruP1zkSDPEp3o4s7eUt32p"
    "uUwyeXV/Nfz2yjLtR305IweTjL0j+3b2iUMyz1FW0DSAUKnogDzX4XEa/g2tu3hCPA/GcGONji3mOEo6L7yHC8iztv4nrnZ6JrYVL4noCD"
    "r1fAwrexi9/Eb+DYjru5MWGUjGSBSx1whRyCvsyP2eyy+3x5YRisBNgid63smTAYjrZLT5mIKBNc8Cg/r8oQez4eWKDblw64grMrcs4RAJ"
    "wB21STKTE758Dw6O0CY/kfsdhi6TDTQqgXemOQxTFMONiBfU3MQgS4LRHmUQFOK/uSexGrOMLnOenJciaY4THTwmacGFIWEubKBgfaYCFc"
    "vde0tK6J48egjLsiKITr7BKrx/fEdzpTYAcDveD4kkmAeCWeS8RWRvSDE08OTFkfMhZzpVCj6hUZVNMQ+E/stRnTByFiC2/HiEbfoeUT/d"
    "dkMSUy8zESYJJTtuFY6BCDFMIaALLZ2FFTlhOB1BxIebTuyT7sBKZwEGpEUPhCWnVJD85d0mJ84cZUpjABXCF2YvTlsvQyUgNeB9HyXWey"
    "KsR1rHy1dJGFMIANmlwIVmi1AYBLcjT+8L1jBZW2Bw7Cgsk84pZPnN461qZM2fCaDLCay1NLNqzsgUudhKUsWyYn5nvuFBGJa2yEssQzBT"
    "SLDHkO2CV9y8G1aVd4VSdtxnw2YCMBjMZDDaFaRVBNHGX9pQJGMJv1AdvQH2aAN2A5eHy9QkUDwGyMao1Hsystlcx4AyAEoKr+nBmR+Qwg"
    "LCfPfa0izpVFZZ8xmSyVtPuY3i59LAqz7KV8AAqWikaPE1ePje9IlougfxEpEMZXmuSHiFBwoF/H+u7t8+DCBwLzt4xHkOXF38XVD4G6v8"
    "/BGl2q2tfxe+M2kkwVP/rEFd8R+44ZowfCFpo+8s6JZPYuYXUbWMcfO4bgjgw7fh0EAYTtj8nPCWuN8AZPP3D6cNml7z0xYyEUTez+qOyu"
    "RHEY8+c0XKGxz2REnN6Yv+5IVZbE9C1f+MoSBQvRkfnAUS8AgxkAa8LOkRnlGMZsCWCnmP7EILsnlHMvGrxVVCQThmBt9dx1Zlo/dvbrsQ"
    "NvmLxZB+wUbsWSjFf52SobKJWHHXvrTT64kUogd+x9I6sUEytcopYLwCo55cVsBC4M2gXuJOgsytLvmiVLfdcZtpWWnsbjCbxC6ZLUb+S1"
    "iSEIC25y/0Foc/TNdxzrBARVatgpFzW+vSZ3YwpPYsoSkWiI4GpjsHvr0yhLmmu5ZXDu8BuyN+RoQg/8k9s/qbiCj6G4UauxriyQy0z39Y"
    "G82DP6LNr2ahmepHndPOeOx1c167Z4o/MiCTG5YUtiCQVpYtcyT5vdBmLDoGAnriSai+AAFC8aEWDJLKpyRgUohp51U2QnqW0SBsoXQonV"
    "5iouC4SLD7akRuFeBhq3xP6Iny5GNWiwvliRdogpYPCWwkvRuEj2SDEtx3eFgNekw8IsGZwMQpaXi2cWy6bkvR3SynKpTkS0V+kPmo2r0s"
    "qcWUZNXgdrz0dUNCTmTd1S9uBzRj4yTbTo2t6W3DyTh1+AX9G9S86nb08IUp/N+ngErU1lY7cUDiZlaocLZ0bpWe50MiHPGZlltq9Kn98H"
    "iG32txK4I2rFmAHSQwY5pQbwKeG2EP3fRICBmIOL7o3A+R2XsRNQfBLvLOy1JucGgN8xYHbIE9HbRikGy97b4GC/IES/tdytmuFx8E+VUl"
    "dVEwzeE+Exo42hghywd8wX3vhDfDpIPMGKHJS2gj2tuJ0b1hGuhXxlIX/n4t8m577kmknl70GutCeaIlXFyt/olcxNXAfWh4S9s+RFi5xj"
    "YuEgceQuK0tSsItGUsOaZxP7yXwwXYguU4mcfjIJINWYJZI1UulxFPdTUuv/G/+ylo1tJdQETvtemYTIO3GnkiwTo9QPsirsSqHhzpXWJk"
    "G4fGpV6Kwu0CLxW30wxNXfCLrtQ6JoYvisO22INIwv4lviRdYEbEWTuJInmT5z/2g5EYsx47mKRpWsGhI/lSRFuqpTKSuZW5aE3xTg2+Dk"
    "Q+JgIbwqiRbRS7F49e9prgBdjrYxpwworZbUlZV0oktTModcq6JbxQnf95I1YEr4K5geZx85epQvaaku+gLRH1EDhCw+akvLYmOXy0u1Zr"
    "FxMpBi7rB2aj0XTcZ71d0ytNVR8DRfBk7dWUlybiO7eV545sk2hq+SEepwMB0wAI428lGg+4HeRg215Sp9pDlC64XYcS6bpTUXS+oMFC7i"
    "MT4UFu1CTaau0q5IDG2pnSg+wIERF1yE1ZEyeBLjA33lHpb1hQwhWMd11zDSXopL1/bWBxMQslMmKzwk8FkfRXpmml2KD31WBzXOMPEhL6"
    "UxPhzjIB9ImTpQDT0RbB4ZVR8z3D4z6QonQnRLDgsghix9iatzQMpikmga8ey7qOApKixETz38zlKvtqHNNm7Lu/TZ6PbonMEuqfBKSf8r"
    "DhEfHr1RI1mlLUuYAa66EM6yek6oe0x685Z3FjV5ZcD9VEYn6XkMbEv0PJBBTwl8y6gG039A+t1qOpQYH97ZnIlDytC9JOtPqHP05P/3RC"
    "loUdRGJoHwJ2ZDCjSp1Bk4EYGwXdJ+uja965T+lBQd8km5nNtlcZB6k7dMdSppfBshxacMwkDmHf3eBtUqJsJfpRugzWZD2iLu+DjdIgo0"
    "H4XMIBHAVCZ+sWu5HeUkSzNnrqTEg3lOzGUSdlKnsaGdFpX43L5ZwEB+Q6eGvZoP1yZh1yndB2/MSl7IpcyW1uJ8dykcJ64fnN6w8wQA8d"
    "RJcj8TFkGM3UsxaOk4S7LFHHXonZLQWiYmrm1x/18Ku8oCOxLoIn+UEnxgZyU/w3jHrtQxDmnQv5KKlaEMcLmryXPYpWOZ1Ns4y0LFV+pU"
    "gYidWYlHMag5XWKSDmgkQ0hWQp22UqJS+GLOR9UWPD8e1hD9GDQ6k1rBIXPmegoekEuqyqHOio3KCrPmOCsAI92sJ7vSHWo0liqYMFCHm0"
    "p3rhOJDrnE81RUO4WTX6O6UqXhr+MotSd7hz6eJyMlTyNZnbtqmSVP0S2x2GZBrBJv8UzWWWEpWC5iTcmszZCpyaxxINx1LKTd73kw4TyO"
    "5thypIIjf2g2kvcxzgyGSM2+NwHT0e7RTbffWODvmTgC8GR47Y0K6/sAohPDvxKpz4kQhWwYevsrotjXgbZvWUl/aZJ+T5YVMD1iD1LctD"
    "FaNYdLfRgJJHAN456SQH5sX0QpgEo4xj75ka59ppcSqKoI0MSEs+PsaX9hOvH/C/sV59H83lBqUH6lOkH2uGmVJdLW5i01mpUpCN28J3be"
    "R3BX6uxY/b2lxhGfAoY/R3VC0DoRf88pZaBMEHLvB+NoCWEtkaMIrBVmvkuFeO2M95oiiJ8uiAQ6xNMBafiArJWiEdR87X6Ky5faQ95QjE"
    "I7jb+zcdQP3efEQnpxaeTSipSgrSbCliRmlzpBxczeEqzSbRcKw2dnF9wdymYKhUadRJVBlY5BmrYkqRil9cSjtawlbJBJBtOer+t4oLhU"
    "b5g2QTnpn7E0bKYzWKPUMyD9YnXAxUUoOFO6WugHG512nHQkAc4R1jxctHF+UH1N0pgIzB0CgPiqv7SgDmMZe/qbFm19h4uXoXUj5elAdE"
    "kYUJlBWJLUBzxbkI2zUtP95I6pAdWus7w8pLAU4NLuxZVAjza0m0HfVVlVz3y38S0fEMz0pcpH2akSFBuWQzadYgA72Ev/oNNRbcKfi/Tk"
    "Aykc1MFqBxl2HaiI2iZaD7KppoCsKtLREtVrlk2XubrVlGZ4F3Fe0+GwCkD4ceyfhkzG53plr7HPFxS+HMHah7NcRBn+gmRKEn7Rrv8LhL"
    "q7Rg==";

}  // namespace ringload::golden
